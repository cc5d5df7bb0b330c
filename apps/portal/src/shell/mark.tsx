import { Group, Text } from "@mantine/core";
import { useBrand } from "./brand.tsx";

/** The mark and name of whose portal it is: the product's, or the app owner's to their customers. */
export function Mark() {
  const { name, logo } = useBrand();
  return (
    <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
      {logo === null ? <OurMark isShown={name === "Muster"} /> : <img src={logo} alt="" className="logo" />}
      <Text fw={700} size="lg" component="span" truncate>
        {name}
      </Text>
    </Group>
  );
}

function OurMark({ isShown }: { isShown: boolean }) {
  if (!isShown) return null;
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#2b5c8a" />
      <path
        d="M8 22V11l8 7 8-7v11"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
