// legal
export const seen = process.env;
