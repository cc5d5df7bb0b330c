import {
  ActionIcon,
  Alert,
  AppShell,
  Burger,
  Group,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useEffect } from "react";
import { useLinkedTenant, useSession } from "../api/session.tsx";
import { ROLES } from "../pages/members/role-words.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Link, usePath } from "../router.tsx";
import { Mark } from "./mark.tsx";

type Place = { to: string; label: string; icon: IconName; isHere(path: string): boolean };

const PLACES: readonly Place[] = [
  { to: "/", label: "Overview", icon: "overview", isHere: (path) => path === "/" },
  {
    to: "/tenants",
    label: "Tenants",
    icon: "tenants",
    isHere: (path) => path.startsWith("/tenants") || path.startsWith("/connections"),
  },
  { to: "/apps", label: "Apps", icon: "apps", isHere: (path) => path.startsWith("/apps") },
  { to: "/branding", label: "Branding", icon: "brush", isHere: (path) => path === "/branding" },
  { to: "/members", label: "Members", icon: "members", isHere: (path) => path.startsWith("/members") },
];

/** For whoever came by a link. */
const HOME: readonly Place[] = [{ to: "/", label: "Your organisation", icon: "tenants", isHere: () => true }];

/** What stands around every page: where one is, where one can go, and the way out. */
export function Shell({ children }: { children: ReactNode }) {
  const [isOpen, menu] = useDisclosure(false);
  const path = usePath();
  const places = useLinkedTenant() === null ? PLACES : HOME;
  // A page that was chosen is what one wants to see.
  useEffect(() => {
    if (path !== "") menu.close();
  }, [path, menu.close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding={{ base: "md", sm: "xl" }}
    >
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Mark />
          </Group>
          <Switches />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label="Main">
        {places.map(({ to, label, icon, isHere }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon name={icon} />}
            active={isHere(path)}
            aria-current={isHere(path) ? "page" : undefined}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <RoleNote />
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

/** What is switched off, and for whom, once for all pages. */
function RoleNote() {
  const { role } = useSession().session;
  if (role !== "auditor" && role !== "operator") return null;
  return (
    <Alert variant="light" color="gray" mb="md" p="xs" role="note">
      {ROLES[role].says} Your role is {role}; ask an owner for another.
    </Alert>
  );
}

function Switches() {
  const { signOut, session } = useSession();
  const { signedInWith } = session;
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "light" ? "dark" : "light";
  return (
    <Group gap="xs" wrap="nowrap">
      {"memberId" in signedInWith && (
        <Text size="sm" c="dimmed" visibleFrom="sm" truncate maw={280} title={signedInWith.email}>
          {signedInWith.name ?? signedInWith.email}, {session.role}
        </Text>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={() => setColorScheme(other)}
        aria-label={`Use the ${other} colours`}
      >
        <Icon name={other === "dark" ? "moon" : "sun"} />
      </ActionIcon>
      <ActionIcon variant="subtle" color="gray" onClick={() => void signOut()} aria-label="Sign out">
        <Icon name="leave" />
      </ActionIcon>
    </Group>
  );
}
