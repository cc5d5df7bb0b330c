// red: lint style/noProcessEnv
export const seen = process.env;
