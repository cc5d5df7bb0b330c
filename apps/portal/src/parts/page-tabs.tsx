import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { navigate } from "../router.tsx";

/** What a tab shows of the thing that its page is about. */
export type PageTab<Of> = { value: string; label: string; panel(of: Of): ReactNode };

/** The tabs of a page, each with an address of its own below `at`; on a narrow screen the row scrolls. */
export function PageTabs<Of>({ tabs, tab, at, of }: { tabs: readonly PageTab<Of>[]; tab: string; at: string; of: Of }) {
  return (
    <Tabs value={tab} onChange={(value) => navigate(`${at}/${value}`)} keepMounted={false}>
      <Tabs.List mb="lg" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
        {tabs.map(({ value, label }) => (
          <Tabs.Tab key={value} value={value} style={{ flex: "none" }}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ value, panel }) => (
        <Tabs.Panel key={value} value={value}>
          {panel(of)}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
