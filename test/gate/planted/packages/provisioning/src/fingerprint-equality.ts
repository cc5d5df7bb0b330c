// legal
export const same = (appliedDigest: string, digest: string): boolean => appliedDigest === digest;
