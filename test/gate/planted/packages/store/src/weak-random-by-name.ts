// red: promises weak-random
const { random } = Math;

export const roll = (): number => random();
