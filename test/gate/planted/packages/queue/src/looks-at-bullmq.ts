// legal
import { Queue } from "bullmq";

export const seen = Queue;
