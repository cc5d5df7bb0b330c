// legal
export const present = (token: string | undefined): boolean => token !== undefined && token !== "";
