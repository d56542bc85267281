/* A charger small enough for a test: a real program that the real U-Boot starts as a Linux kernel for arm64.
 *
 * It prints its name and version on the first serial port (PL011), and then answers SMP there: what runs, and the shell
 * commands of resources/profiles/lab-mcuboot.toml. Who it is it reads from the device tree that U-Boot hands over; the
 * time comes from the board's clock (PL031). No MMU, no libraries, at any address: aarch64-linux-gnu-gcc makes it.
 */

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#ifndef VERSION
#define VERSION "0.0.0"
#endif
#ifndef CHECK
#define CHECK 0 /* what its self-test returns */
#endif

#define UART ((volatile u32 *)0x09000000)
#define CLOCK ((volatile u32 *)0x09010000)
#define BUFFER 384
#define LINE 124 /* characters of base64 in a line */
#define NOT_SUPPORTED 8
#define NO_COMMAND -8

__asm__("  b start\n" /* the compiler is told to keep it first */
        "  .word 0\n"
        "  .quad 0, 0x10000, 0xa, 0, 0, 0\n" /* loaded anywhere; little endian, 4K pages */
        "  .ascii \"ARM\\x64\"\n"
        "  .word 0\n"
        "start:\n"
        "  adr x9, start + 0xf000\n"
        "  mov sp, x9\n"
        "  b charger\n");

/* What the device reports of its payload: whoever links it writes the hash over these words. */
static const volatile u8 hash[32] = "HASH OF WHAT IS RUNNING COMES IN";

/* ---- the serial port --------------------------------------------------------------------------------------------- */

static void put(u8 byte)
{
    while (UART[6] & 1 << 5)
        ;
    UART[0] = byte;
}

static u8 get(void)
{
    while (UART[6] & 1 << 4)
        ;
    return UART[0];
}

static void say(const char *words)
{
    while (*words)
        put(*words++);
}

/* ---- what the device tree says ----------------------------------------------------------------------------------- */

static u32 number(const u8 *at)
{
    return (u32)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static u32 length_of(const char *words)
{
    u32 length = 0;
    while (words[length])
        length++;
    return length;
}

static int same(const char *one, const char *other, u32 length)
{
    for (u32 at = 0; at < length; at++)
        if (one[at] != other[at])
            return 0;
    return 1;
}

/* The first property of that name, "" when there is none. */
static const char *told(const u8 *tree, const char *name)
{
    const u8 *at = tree + number(tree + 8);
    const char *names = (const char *)tree + number(tree + 12);
    u32 length = length_of(name) + 1;
    for (;;) {
        u32 token = number(at);
        at += 4;
        if (token == 1)
            at += (length_of((const char *)at) + 4) & ~3u;
        else if (token == 3) {
            if (same(names + number(at + 4), name, length))
                return (const char *)at + 8;
            at += 8 + ((number(at) + 3) & ~3u);
        } else if (token != 2 && token != 4)
            return "";
    }
}

/* ---- answers in CBOR --------------------------------------------------------------------------------------------- */

struct packet {
    u32 length;
    u8 bytes[BUFFER + 64];
};

static void byte(struct packet *out, u8 value)
{
    out->bytes[out->length++] = value;
}

static void head(struct packet *out, u8 kind, u32 value)
{
    if (value < 24)
        return byte(out, kind | value);
    if (value < 256) {
        byte(out, kind | 24);
        return byte(out, value);
    }
    byte(out, kind | 26);
    for (int shift = 24; shift >= 0; shift -= 8)
        byte(out, value >> shift);
}

static void text(struct packet *out, const char *words)
{
    u32 length = length_of(words);
    head(out, 0x60, length);
    for (u32 at = 0; at < length; at++)
        byte(out, words[at]);
}

static void flag(struct packet *out, const char *name, int set)
{
    text(out, name);
    byte(out, set ? 0xf5 : 0xf4);
}

static void integer(struct packet *out, const char *name, int value)
{
    text(out, name);
    head(out, value < 0 ? 0x20 : 0, value < 0 ? -1 - value : value);
}

static void images(struct packet *out)
{
    byte(out, 0xa1);
    text(out, "images");
    byte(out, 0x81);
    byte(out, 0xa8);
    integer(out, "slot", 0);
    text(out, "version");
    text(out, VERSION);
    text(out, "hash");
    head(out, 0x40, 32);
    for (u32 at = 0; at < 32; at++)
        byte(out, hash[at]);
    flag(out, "bootable", 1);
    flag(out, "pending", 0);
    flag(out, "confirmed", 1);
    flag(out, "active", 1);
    flag(out, "permanent", 0);
}

static void decimal(u64 value, char *words)
{
    char digits[24];
    u32 count = 0;
    do {
        digits[count++] = '0' + value % 10;
        value /= 10;
    } while (value);
    while (count)
        *words++ = digits[--count];
    *words = 0;
}

static u64 uptime(void)
{
    u64 ticks, a_second;
    __asm__ volatile("mrs %0, cntpct_el0" : "=r"(ticks));
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(a_second));
    return ticks / a_second;
}

static int is(const u8 *word, u32 length, const char *name)
{
    return length_of(name) == length && same((const char *)word, name, length);
}

/* A shell command: charger WORD. */
static void shell(const u8 *body, struct packet *out, const u8 *tree)
{
    char number_words[24];
    const char *answer = "";
    int returned = 0;
    u32 length = 0;
    const u8 *word = body + 6; /* behind a map of one, "argv" */
    for (u32 left = *word++ & 31; left; left--) {
        word += length;
        length = *word++ & 31;
        if (length == 24)
            length = *word++;
    }
    if (is(word, length, "serial"))
        answer = told(tree, "serial-number");
    else if (is(word, length, "model") || is(word, length, "hardware"))
        answer = told(tree, length == 5 ? "model" : "hardware");
    else if (is(word, length, "vendor"))
        answer = "Lab";
    else if (is(word, length, "connectors"))
        answer = "1 available\n";
    else if (is(word, length, "clock") || is(word, length, "uptime")) {
        decimal(length == 5 ? CLOCK[0] : uptime(), number_words);
        answer = number_words;
    } else if (is(word, length, "check"))
        returned = CHECK;
    else if (!is(word, length, "faults") && !is(word, length, "sessions"))
        returned = NO_COMMAND;
    byte(out, 0xa2);
    text(out, "o");
    text(out, answer);
    integer(out, "ret", returned);
}

static void answer(const struct packet *asked, struct packet *out, const u8 *tree)
{
    const u8 *in = asked->bytes;
    u32 what = in[5] << 8 | in[7]; /* group, command */
    out->length = 8;
    if (what == 0x000 && asked->length > 11) { /* echo: {"d": words} */
        byte(out, 0xa1);
        text(out, "r");
        for (u32 at = 11; at < asked->length; at++)
            byte(out, in[at]);
    } else if (what == 0x006) {
        byte(out, 0xa2);
        integer(out, "buf_size", BUFFER);
        integer(out, "buf_count", 1);
    } else if (what == 0x100 && in[0] % 8 == 0)
        images(out);
    else if (what == 0x900)
        shell(in + 8, out, tree);
    else {
        byte(out, 0xa1);
        integer(out, "rc", NOT_SUPPORTED);
    }
    for (u32 at = 0; at < 8; at++)
        out->bytes[at] = in[at];
    out->bytes[0]++;
    out->bytes[2] = (out->length - 8) >> 8;
    out->bytes[3] = out->length - 8;
}

/* ---- frames ------------------------------------------------------------------------------------------------------- */

static u32 crc(const u8 *bytes, u32 length)
{
    u32 found = 0;
    while (length--) {
        found ^= (u32)*bytes++ << 8;
        for (int bit = 0; bit < 8; bit++)
            found = found & 0x8000 ? found << 1 ^ 0x1021 : found << 1;
    }
    return found & 0xffff;
}

static u8 sign(u32 six)
{
    return six < 26 ? 'A' + six : six < 52 ? 'a' + six - 26 : six < 62 ? '0' + six - 52 : six == 62 ? '+' : '/';
}

static int six_of(u8 letter)
{
    for (u32 six = 0; six < 64; six++)
        if (sign(six) == letter)
            return six;
    return -1;
}

static void send(struct packet *out)
{
    static u8 whole[BUFFER + 80];
    u32 sum = crc(out->bytes, out->length), length = 0, column = 0;
    whole[length++] = (out->length + 2) >> 8;
    whole[length++] = out->length + 2;
    for (u32 at = 0; at < out->length; at++)
        whole[length++] = out->bytes[at];
    whole[length++] = sum >> 8;
    whole[length++] = sum;
    whole[length] = whole[length + 1] = 0;
    for (u32 at = 0; at < length; at += 3, column += 4) {
        u32 three = whole[at] << 16 | whole[at + 1] << 8 | whole[at + 2];
        if (column % LINE == 0) {
            if (column)
                put('\n');
            say(column ? "\x04\x14" : "\x06\x09");
        }
        put(sign(three >> 18));
        put(sign(three >> 12 & 63));
        put(at + 1 < length ? sign(three >> 6 & 63) : '=');
        put(at + 2 < length ? sign(three & 63) : '=');
    }
    put('\n');
}

/* One line, decoded behind what is there already. 0: it is none of a packet. */
static int take_line(struct packet *in)
{
    u32 bits = 0, count = 0;
    u8 first = get(), second;
    if (first == '\n')
        return 0;
    second = get();
    if (first == 6 && second == 9)
        in->length = 0;
    else if (first != 4 || second != 20) {
        while (second != '\n')
            second = get();
        return 0;
    }
    for (u8 letter = get(); letter != '\n'; letter = get()) {
        int six = six_of(letter);
        if (six < 0)
            continue;
        bits = bits << 6 | six;
        if (++count % 4 != 1 && in->length < sizeof in->bytes)
            byte(in, bits >> (6 - 2 * ((count - 1) % 4)));
    }
    return 1;
}

void charger(const u8 *tree)
{
    static struct packet in, out;
    in.length = 0;
    say("\r\nCITYPOST version=" VERSION " READY\r\n");
    for (;;) {
        u32 length;
        if (!take_line(&in) || in.length < 4)
            continue;
        length = in.bytes[0] << 8 | in.bytes[1];
        if (length < 10 || in.length < length + 2)
            continue;
        for (u32 at = 0; at < length; at++)
            in.bytes[at] = in.bytes[at + 2];
        in.length = 0;
        if (crc(in.bytes, length) == 0) { /* with its own sum behind it */
            struct packet *asked = &in;
            asked->length = length - 2;
            answer(asked, &out, tree);
            send(&out);
            in.length = 0;
        }
    }
}
