import type { SignInFailure } from "@muster/contract";

type Words = { title: string; text: string };

/** What is told to whoever came back from the identity provider and is not signed in. */
const WORDS: Readonly<Record<SignInFailure, Words>> = {
  denied: { title: "Sign-in was cancelled", text: "Your identity provider gave no access, or you stopped there." },
  "started-elsewhere": {
    title: "This sign-in is over",
    text: "It was begun in another browser, used already, or took longer than ten minutes. Begin again here.",
  },
  "provider-away": {
    title: "Your identity provider does not answer",
    text: "Try again in a moment. If it stays so, whoever runs this gateway finds the reason in its log, and gets in with an API key.",
  },
  "not-understood": {
    title: "The answer was not accepted",
    text: "What your identity provider sent did not prove who you are. Whoever runs this gateway finds the reason in its log.",
  },
  "email-unverified": {
    title: "Your e-mail address is not verified",
    text: "Your identity provider must say that it is (email_verified). Ask whoever looks after it.",
  },
  "email-domain": {
    title: "Addresses of this domain may not come in",
    text: "Sign in with the account of your organisation, or ask whoever runs this gateway to allow the domain.",
  },
  "not-invited": {
    title: "You are not a member here",
    text: "Ask an owner of this workspace to invite the e-mail address that you sign in with. An invitation lasts some days, and is for one account.",
  },
};

/** The words for a reason in the page's address; null when there is none that we know. */
export function signInFailure(search: string): Words | null {
  const why = new URLSearchParams(search).get("signIn") ?? "";
  return Object.hasOwn(WORDS, why) ? WORDS[why as SignInFailure] : null;
}
