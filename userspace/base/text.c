/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/text.h"

int cf_text_next(const char *text, size_t size, uint32_t *ret_char)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t character;
	int length;

	if (bytes[0] < 0x80) {
		*ret_char = bytes[0];
		return 1;
	}
	if (bytes[0] >= 0xc2 && bytes[0] <= 0xdf)
		length = 2;
	else if ((bytes[0] & 0xf0) == 0xe0)
		length = 3;
	else if (bytes[0] >= 0xf0 && bytes[0] <= 0xf4)
		length = 4;
	else
		return -EILSEQ;
	if (size < (size_t)length)
		return -EILSEQ;
	character = bytes[0] & (0x7fU >> length);
	for (int i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return -EILSEQ;
		character = character << 6 | (bytes[i] & 0x3fU);
	}
	if (character < smallest[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return -EILSEQ;
	*ret_char = character;
	return length;
}

bool cf_text_is_control(uint32_t character)
{
	if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		return true;
	/* Line and paragraph separators, bidirectional overrides and isolates, byte order mark. */
	return (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

bool cf_text_is_printable(const char *text, size_t size)
{
	while (size > 0) {
		uint32_t character;
		int length = cf_text_next(text, size, &character);

		if (length < 0 || cf_text_is_control(character))
			return false;
		text += length;
		size -= (size_t)length;
	}
	return true;
}

size_t cf_text_cut(const char *text, size_t size, size_t max)
{
	if (size <= max)
		return size;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}
