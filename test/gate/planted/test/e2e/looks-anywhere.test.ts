// legal
import { floor } from "@muster/store";
import { Redis } from "ioredis";

export const seen = [floor, Redis];
