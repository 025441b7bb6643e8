declare const said: unique symbol;

/** A text for people, in their language: made by {@link say}, or what somebody else said. */
export type Said = string & { readonly [said]: true };

/** By their English form, with `{0}`, `{1}`… where values stand. */
export type Translations = Readonly<Record<string, string>>;

let translations: Translations = {};

/** From now on everything is said in this language, and in English what it lacks. */
export function useTranslations(texts: Translations): void {
  translations = texts;
}

/** Says a text in the language in use. Translators get the template with `{0}`, `{1}`… for its values. */
export function say(parts: TemplateStringsArray, ...values: readonly (string | number)[]): Said {
  const template = parts.reduce((text, part, index) => `${text}{${String(index - 1)}}${part}`);
  const text = translations[template] ?? template;
  return quote(text.replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place)));
}

/** What a server, the system or a person said, as it is. */
export function quote(text: string): Said {
  return text as Said;
}
