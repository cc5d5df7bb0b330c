// red: boundaries undici-has-one-home
import { Agent } from "undici";

export const seen = Agent;
