// legal
import { Agent } from "undici";

export const seen = Agent;
