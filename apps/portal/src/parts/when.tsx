import { useEffect, useState } from "react";

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
/** How often "3 minutes ago" is looked at again. */
const TICK_MS = 15_000;

/** A moment as people say it, and exactly when pointed at. */
export function When({ at, or = "never" }: { at: string | null | undefined; or?: string }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return <>{or}</>;
  return (
    <time dateTime={at} title={exact.format(new Date(at))}>
      {sayWhen((new Date(at).getTime() - nowMs) / 1_000)}
    </time>
  );
}

function sayWhen(seconds: number): string {
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (unit === undefined) return seconds > 5 ? "in a moment" : "just now";
  return relative.format(Math.round(seconds / unit[1]), unit[0]);
}
