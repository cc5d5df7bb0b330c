import { List, Stack, Text, Title } from "@mantine/core";
import type { TargetProfile } from "@muster/contract";

/** What is known of an app: how to set it up, and why it is not like others. */
export function ProfileFacts({ profile }: { profile: TargetProfile }) {
  const { setup, notes, users } = profile;
  const meanings = [users.deactivate.meaning, users.delete.meaning];
  return (
    <Stack gap="xs">
      {setup.length > 0 && (
        <>
          <Title order={3}>At {profile.title}</Title>
          <List type="ordered" size="sm">
            {setup.map(({ title, text }) => (
              <List.Item key={title}>
                <strong>{title}.</strong> {text}
              </List.Item>
            ))}
          </List>
        </>
      )}
      <Text size="sm" c="dimmed">
        {[...new Set([...notes, ...meanings])].join(" ")}
      </Text>
    </Stack>
  );
}
