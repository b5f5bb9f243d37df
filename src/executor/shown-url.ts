/** Names and passwords that stand in an address do not belong into logs and error texts. */
export function shownUrl(text: string): string {
  // What cannot be read as an address may be one with a password that is written wrongly.
  if (!URL.canParse(text)) return text.replace(/\/\/.*@/s, '//');
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
