import { defineProfile } from "./define-profile.ts";

export const zscaler = defineProfile({
  key: "zscaler",
  title: "Zscaler",
  limits: { ratePerSecond: 5 },
  notes: ["At most five requests a second."],
});
