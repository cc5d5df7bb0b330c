// red: boundaries ioredis-has-one-home
import { Redis } from "ioredis";

export const seen = Redis;
