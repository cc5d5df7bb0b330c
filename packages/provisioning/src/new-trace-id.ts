import { uuidV7 } from "@muster/runtime";

/** Makes a trace id of W3C Trace Context: 32 hexadecimal digits, later ones greater. */
export const newTraceId = (): string => uuidV7().replaceAll("-", "");
