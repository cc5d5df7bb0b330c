const PATHS = {
  overview: "M3 10.5 10 4l7 6.5M5.5 9v7h9V9",
  apps: "M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z",
  tenants: "M4 17V4h8v13M12 8h4v9M7 7h2M7 10h2M7 13h2M3 17h14",
  brush: "M12 3.5 16.5 8 9 15.5H4.5V11zM10 5.5l4.5 4.5",
  members:
    "M7.5 4a2.8 2.8 0 1 0 0 5.6A2.8 2.8 0 0 0 7.5 4zM2.5 16c.5-3 2.400-4.200 5-4.200s4.500 1.200 5 4.200M13 4.500a2.500 2.500 0 0 1 0 4.800M14.500 12.200c1.700.5 2.700 1.800 3 3.800",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.5 4.5l1 1M14.5 14.5l1 1M15.5 4.5l-1 1M5.5 14.5l-1 1",
  moon: "M16 11.5A6.5 6.5 0 1 1 8.5 4a5 5 0 0 0 7.5 7.5z",
  leave: "M12 4H5v12h7M9 10h8M14 7l3 3-3 3",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "m4 10.5 4 4 8-9",
  plus: "M10 4v12M4 10h12",
  up: "m5 12 5-5 5 5",
  down: "m5 8 5 5 5-5",
  remove: "m5 5 10 10M15 5 5 15",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM13 13l4 4",
  alert: "M10 3 2.5 16.5h15zM10 8v4M10 14.2v.3",
  grip: "M7.5 5v.3M7.5 10v.3M7.5 15v.3M12.5 5v.3M12.5 10v.3M12.5 15v.3",
  back: "m11 5-5 5 5 5M6 10h11",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing of one line that goes with words, and so says nothing to a screen reader. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" fill="none" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
