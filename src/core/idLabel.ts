/** An `_id` in extended JSON as people call it: its hex digits, text or number alone where they tell enough. */
export function idLabel(id: string): string {
  const wrapped = /^\{"\$(?:oid|numberInt|numberLong|numberDouble|uuid)":\s*"([^"]*)"\}$/.exec(id)?.[1];
  const label = wrapped ?? /^"([^"\\]*)"$/.exec(id)?.[1] ?? id;
  return label.length > 60 ? `${label.slice(0, 59)}…` : label;
}
