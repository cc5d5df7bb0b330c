// red: promises regexp/no-super-linear-backtracking
export const isName = (text: string): boolean => /^(?:[a-z]+\s?)+$/.test(text);
