// Loaded before a process by NODE_OPTIONS: its wall clock is wrong by so many milliseconds (`?ms=`), or steps by them back and forth every
// second (`&steps=1`); the clock that durations are measured with is right, as on a machine whose time is set.
const { searchParams } = new URL(import.meta.url);
const shiftMs = Number(searchParams.get("ms"));
const isStepping = searchParams.has("steps");
const RealDate = Date;
const now = (): number => {
  const right = RealDate.now();
  return isStepping && Math.floor(performance.now() / 1_000) % 2 === 1 ? right : right + shiftMs;
};

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
