// red: lint suspicious/noConsole
console.log("left over");

export const floor = 1;
