// red: promises weak-random
export const roll = (): number => Math.random();
