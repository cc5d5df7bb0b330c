// Loaded before a process by NODE_OPTIONS: its wall clock is wrong by so many milliseconds, or steps by them back and forth every second;
// the clock that durations are measured with is right, as on a machine whose time is set.
const shiftMs = Number(process.env["MUSTER_TEST_CLOCK_SHIFT_MS"] ?? "0");
const steps = process.env["MUSTER_TEST_CLOCK_STEPS"] === "1";
const RealDate = Date;
const now = (): number => {
  const right = RealDate.now();
  return steps && Math.floor(performance.now() / 1_000) % 2 === 1 ? right : right + shiftMs;
};

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
