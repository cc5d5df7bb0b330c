// red: promises secret-equality
export const same = (tokenDigest: string, other: string): boolean => tokenDigest !== other;
