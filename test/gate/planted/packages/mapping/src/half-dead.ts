// red: dead-code exports
export const used = 1;
export const unused = 2;
