// red: promises secret-equality
export const same = (given: string, stored: { clientSecret: string }): boolean => given === stored.clientSecret;
