import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { shadesOf } from "../../shell/shades.ts";

type Props = { name: string; colour: string; logo: { data: string; type: string } | null };

/** How a link's page begins, in the colours of light and of dark pages: as near as a picture comes. */
export function BrandSample({ name, colour, logo }: Props) {
  const shades = shadesOf(colour);
  const grounds = [
    { word: "Light", ground: "#ffffff", ink: "#1b1d20", fill: shades[8], link: shades[8] },
    { word: "Dark", ground: "#242424", ink: "#f1f3f5", fill: shades[7], link: shades[3] },
  ];
  return (
    <Stack component="section" aria-label="How it looks" gap="sm" style={{ flex: "1 1 16rem" }}>
      <Title order={2}>How it looks</Title>
      {grounds.map(({ word, ground, ink, fill, link }) => (
        <Paper key={word} withBorder p="md" style={{ background: ground, color: ink }}>
          <Stack gap="xs" align="flex-start">
            <Group gap="xs">
              {logo !== null && <img src={`data:${logo.type};base64,${logo.data}`} alt="" className="logo" />}
              <Text fw={700}>{name}</Text>
            </Group>
            <span style={{ background: fill, color: "#fff", borderRadius: 8, padding: "6px 14px", fontWeight: 600 }}>
              Continue
            </span>
            <span style={{ color: link, textDecoration: "underline" }}>{word}</span>
          </Stack>
        </Paper>
      ))}
    </Stack>
  );
}
