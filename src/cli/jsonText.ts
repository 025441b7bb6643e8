/** Extended JSON that stands in a JSON result as it is: read and written again, fields named like numbers would move. */
export class ExtendedJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** JSON of plain values among which there may be {@link ExtendedJson}. */
export function jsonText(value: unknown): string {
  if (value instanceof ExtendedJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${jsonText(field)}`).join(',')}}`;
}
