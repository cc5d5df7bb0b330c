import { Table, Text } from "@mantine/core";
import type { UserDetail } from "@muster/contract";

/** What an identity provider says of a person, a value a line, by the names of RFC 7643. */
export function AttributeTable({ user }: { user: UserDetail }) {
  const lines = [
    ["userName", user.userName],
    ["externalId", user.externalId ?? ""],
    ...flatten("", user.attributes),
  ].filter(([, value]) => value !== "");
  return (
    <Table layout="fixed" verticalSpacing={6} withRowBorders={false}>
      <Table.Tbody>
        {lines.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th fw={500} w="42%" style={{ overflowWrap: "anywhere", verticalAlign: "top" }} scope="row">
              <Text size="sm" c="dimmed" component="span">
                {name}
              </Text>
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Parts of a value that people read as one line: `emails[work]`, `name.givenName`, an extension's name without its URN. */
function flatten(path: string, value: unknown): [string, string][] {
  if (value === null || value === undefined || path === "schemas") return [];
  if (Array.isArray(value))
    return value.flatMap((one: unknown, index) => {
      const { type, value: inner } = asObject(one);
      const mark = typeof type === "string" ? type : String(index + 1);
      return flatten(`${path}[${mark}]`, inner ?? one);
    });
  if (typeof value !== "object") return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, inner]) => {
    const short = name.startsWith("urn:") ? shortUrn(name) : name;
    return flatten(path === "" ? short : `${path}.${short}`, inner);
  });
}

// "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User" is known as "enterprise".
function shortUrn(urn: string): string {
  return urn.split(":").findLast((part) => !/^(?:user|[\d.]+)$/i.test(part)) ?? urn;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
