import { existsSync } from "node:fs";
import { describeWhere, findProgram, waitFor } from "@muster/testkit";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

/** Debian's, unless told otherwise. */
const executablePath = findChromium(process.env);

function findChromium(env: NodeJS.ProcessEnv): string {
  return env["MUSTER_TEST_CHROMIUM"] ?? findProgram("chromium") ?? "";
}

/** A suite that needs a browser. */
export function describeWithChromium(name: string, suite: () => void): void {
  const cure = "apt-get install --no-install-recommends chromium fonts-liberation";
  const need = { name: "Chromium", isHere: existsSync(executablePath), cure, setting: "MUSTER_TEST_CHROMIUM" };
  describeWhere(need, name, suite);
}

/** Starts a browser that asks nobody on the network for anything by itself. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page, and what a stranger's script would have left behind: dialogs, errors, complaints of the policy. */
export type Watched = { page: Page; complaints: string[] };

/** Opens a page with a cookie jar of its own. */
export async function openPage(browser: Browser, baseURL: string): Promise<Watched> {
  const context = await browser.newContext({ baseURL, colorScheme: "light", viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  const complaints: string[] = [];
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refusal that the page shows is written to the console by the browser itself.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  return { page, complaints };
}

/** Signs in on the page. */
export async function signIn(page: Page, apiKey: string): Promise<void> {
  await page.goto("/");
  await page.getByLabel("API key", { exact: true }).fill(apiKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}

/** Waits until an expression is true in the page; the page's policy, which forbids it to evaluate text, does not bind us. */
async function until(page: Page, expression: string, timeoutMs = 40_000): Promise<void> {
  const isTrue = async () => await page.evaluate<boolean>(expression);
  await waitFor(isTrue, { timeoutMs, everyMs: 20, what: expression });
}

type Violation = { id: string; nodes: { html: string; failureSummary?: string }[] };

/** Whether a page needs no scrolling to the side, once the frame around it has moved to its place. */
export async function fits(page: Page): Promise<boolean> {
  return await until(page, "document.documentElement.scrollWidth <= window.innerWidth", 3_000).then(
    () => true,
    () => false,
  );
}

/** Goes to a screen as a link of the portal does, and waits until it has loaded. */
export async function goTo(page: Page, target: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, "", ${JSON.stringify(target)}); dispatchEvent(new PopStateEvent("popstate"))`,
  );
  await until(page, "document.querySelector('h1') !== null && document.querySelector('[aria-busy=true]') === null");
}

/** Shows a page in light or in dark colours, and waits until nothing moves any more. */
export async function showIn(page: Page, colorScheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await until(page, `document.documentElement.dataset.mantineColorScheme === "${colorScheme}"`);
  // What fades in has no contrast yet; what turns for as long as something is under way never ends by itself.
  await until(
    page,
    "document.getAnimations().every((one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)",
  );
}

/** Expects that axe finds nothing on what is shown now, in light and in dark colours (U4). */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  // Handed over as text to evaluate, which the page's policy does not judge.
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  const said: string[] = [];
  for (const colorScheme of ["dark", "light"] as const) {
    await showIn(page, colorScheme);
    const violations = await page.evaluate<Violation[]>(
      "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
    );
    for (const { id, nodes } of violations)
      for (const { html, failureSummary = "" } of nodes)
        said.push(`${screen}, ${colorScheme}: ${id}: ${html.slice(0, 200)} ${failureSummary}`);
  }
  expect(said).toEqual([]);
}
