// red: boundaries pure-does-no-io
import { pino } from "pino";

export const seen = pino;
