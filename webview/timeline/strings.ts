import { timelineStrings, type TimelineStringKey } from '../../src/protocol/timelineStrings';

export type TextArguments = Readonly<Record<string, string>>;

/** Stems of the texts with plural forms. */
export type CountedKey = {
  [K in TimelineStringKey]: K extends `${infer Stem}.one` ? Stem : never;
}[TimelineStringKey];

/** The texts of one language: the host's, and English for each it left out. */
export class Texts {
  readonly #strings: Readonly<Record<string, string>>;
  readonly #plural: Intl.PluralRules;
  readonly #number: Intl.NumberFormat;

  constructor(strings: Readonly<Record<string, string>>, locale: string | undefined) {
    this.#strings = strings;
    this.#plural = new Intl.PluralRules(locale);
    this.#number = new Intl.NumberFormat(locale);
  }

  get(key: TimelineStringKey, args: TextArguments = {}): string {
    const text = this.#strings[key] ?? timelineStrings[key];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => args[name] ?? whole);
  }

  /** `{count}` with its noun; languages with more than two plural forms use `.other` for them. */
  counted(stem: CountedKey, count: number): string {
    const form = this.#plural.select(count) === 'one' ? 'one' : 'other';
    return this.get(`${stem}.${form}`, { count: this.#number.format(count) });
  }
}
