import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { useLinkedTenant } from "../api/session.tsx";
import { Link } from "../router.tsx";
import { useBrand } from "../shell/brand.tsx";

type Crumb = { to: string; label: string };

/** The head of a page: where it hangs, what it is, what one can do. Names the browser's tab, too. */
export function PageHead(props: { title: string; crumbs?: readonly Crumb[]; lead?: ReactNode; children?: ReactNode }) {
  const { title, lead, children } = props;
  // Whoever came by a link has one tenant, and no list of them.
  const isLinked = useLinkedTenant() !== null;
  const brand = useBrand();
  const crumbs = (props.crumbs ?? []).filter(({ to }) => !isLinked || to !== "/tenants");
  useEffect(() => {
    document.title = `${title} · ${brand.name}`;
  }, [title, brand.name]);
  return (
    <Stack gap={4} mb="lg">
      {crumbs.length > 0 && (
        <nav aria-label="Breadcrumbs" style={{ fontSize: "var(--mantine-font-size-sm)" }}>
          <Breadcrumbs separator="/" separatorMargin={6} style={{ flexWrap: "wrap" }}>
            {crumbs.map((crumb) => (
              <Anchor key={crumb.to} component={Link} to={crumb.to} className="breakable">
                {crumb.label}
              </Anchor>
            ))}
          </Breadcrumbs>
        </nav>
      )}
      <Group justify="space-between" align="flex-end" gap="sm">
        <Title order={1} style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {children !== undefined && <Group gap="xs">{children}</Group>}
      </Group>
      {lead !== undefined && (
        <Text c="dimmed" maw={720} component="div">
          {lead}
        </Text>
      )}
    </Stack>
  );
}
