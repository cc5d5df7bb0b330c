// red: dead-code files
export const floor = 1;
