import { defineProfile } from "./define-profile.ts";

export const miro = defineProfile({
  key: "miro",
  title: "Miro",
  baseUrl: { preset: "https://miro.com/api/v1/scim", help: "The same for every customer, without a slash at its end." },
  groups: { create: false, delete: false, updateBy: ["patch"], memberChunk: 5_000, memberLimit: 8_000 },
  limits: { ratePerSecond: 3, bodyBytes: 800_000 },
  notes: [
    "Groups can be neither made nor deleted: make a group of the same name in Miro, and it is adopted.",
    "At most 8,000 members or 800,000 bytes in a request, else 413. Large requests about groups are limited to five in 30 seconds, so many members go in one.",
    "Users are limited to 100 changes in 30 seconds.",
  ],
});
