/** The form of a token's public id. */
export const isTokenId = (text: string): boolean => /^[0-9A-Za-z]{12}$/.test(text);
