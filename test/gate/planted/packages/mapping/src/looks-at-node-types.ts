// red: boundaries pure-has-no-node
import type { Readable } from "node:stream";

export type Seen = Readable;
