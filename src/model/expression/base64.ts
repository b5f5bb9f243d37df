/** Base64 of a text in UTF-8. Standard alphabet, padded (RFC 4648, section 4). */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let result = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.subarray(at, at + 3);
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    const letter = (shift: number): string => alphabet[(bits >> shift) & 63] ?? '';
    result += letter(18) + letter(12);
    result += (second === undefined ? '=' : letter(6)) + (third === undefined ? '=' : letter(0));
  }
  return result;
}
