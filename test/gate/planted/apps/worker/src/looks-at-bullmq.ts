// red: boundaries bullmq-has-one-home
import { Queue } from "bullmq";

export const seen = Queue;
