// red: lint format
export const floor = { a :1 }
