import { describe, expect, it } from "vitest";
import { checkPayload, type TargetRule } from "./check-payload.ts";

const rule = (target: string, more: Partial<TargetRule> = {}): TargetRule => ({
  target,
  isRequired: false,
  type: "text",
  maxCharacters: 1024,
  refusedCharacters: "",
  fix: "",
  ...more,
});

const userName = rule("userName", {
  isRequired: true,
  refusedCharacters: "@ /\\",
  fix: 'map it as user.userName.split("@")[0]',
});
const email = rule('emails[type eq "work"].value', { isRequired: true, type: "email" });
const long = (characters: number): string => "é".repeat(characters);

describe("checkPayload (E7)", () => {
  it.each([
    ["SB16 a missing user name", { userName: "" }, [userName], "is required"],
    ["SB17 a refused character", { userName: "a/b" }, [userName], 'the character "/"'],
    ["SB18 1,025 characters", { userName: long(1025) }, [userName], "has 1025 characters; the app takes 1024"],
    ["SB19 an address for a name, and the fix", { userName: "a@b.example" }, [userName], 'user.userName.split("@")[0]'],
    ["SB20 a first name that is no text", { name: { givenName: 7 } }, [rule("name.givenName")], "must be a text"],
    ["SB21 a last name that is too long", { name: { familyName: long(1025) } }, [rule("name.familyName")], "1025"],
    ["SB22 a missing address", {}, [email], "is required"],
    ["SB22 what is no address", { emails: [{ type: "work", value: "ada" }] }, [email], "must be an e-mail address"],
    ["SB22 an address with a space", { emails: [{ type: "work", value: "a b@c.example" }] }, [email], "e-mail"],
  ])("tells of %s", (_, payload, rules, what) => {
    expect(checkPayload(payload, rules)).toEqual([
      { target: rules[0]?.target, message: expect.stringContaining(what) },
    ]);
  });

  it("SB18 takes 1,024 characters, SB22 an address, and what is not there where it need not be", () => {
    const payload = { userName: long(1024), emails: [{ type: "work", value: "ada@x.example" }] };
    expect(checkPayload(payload, [userName, email, rule("title")])).toEqual([]);
  });
});
