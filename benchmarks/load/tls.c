/* TLS by the OpenSSL that is installed, found when it is wanted: its headers need not be there to compile this. What is
 * used of it has been the same since version 1.1. Nothing is checked of the server's certificate but its signature.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#include "load.h"

#define FUNCTIONS(F) \
    F(void *, TLS_client_method, (void)) \
    F(void *, SSL_CTX_new, (const void *method)) \
    F(long, SSL_CTX_ctrl, (void *context, int command, long number, void *more)) \
    F(void *, SSL_new, (void *context)) \
    F(int, SSL_set_fd, (void *tls, int fd)) \
    F(void, SSL_set_connect_state, (void *tls)) \
    F(int, SSL_do_handshake, (void *tls)) \
    F(int, SSL_read, (void *tls, void *data, int size)) \
    F(int, SSL_write, (void *tls, const void *data, int size)) \
    F(int, SSL_get_error, (const void *tls, int result)) \
    F(const char *, SSL_get_version, (const void *tls)) \
    F(const void *, SSL_get_current_cipher, (const void *tls)) \
    F(const char *, SSL_CIPHER_get_name, (const void *cipher))

#define DECLARE(type, name, arguments) static type(*name) arguments;
FUNCTIONS(DECLARE)

enum { CTRL_MODE = 33, PARTIAL_WRITE = 1, MOVING_BUFFER = 2, WANT_READ = 2, WANT_WRITE = 3, ZERO_RETURN = 6 };
static const char *libraries[] = {"libssl.so.3", "libssl.so.1.1"};
static void *context;

static void load_library(void) {
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof libraries / sizeof *libraries; i++) library = dlopen(libraries[i], RTLD_NOW);
    if (!library) end(MISTAKE, "no OpenSSL found (on Debian: apt-get install libssl3)");
#define FIND(type, name, arguments) \
    if (!(*(void **)&name = dlsym(library, #name))) end(MISTAKE, "this OpenSSL has no " #name);
    FUNCTIONS(FIND)
}

void *tls_open(int fd) {
    if (!context) {
        load_library();
        if (!(context = SSL_CTX_new(TLS_client_method()))) end(MISTAKE, "OpenSSL does not start");
        SSL_CTX_ctrl(context, CTRL_MODE, PARTIAL_WRITE | MOVING_BUFFER, NULL);
    }
    void *tls = SSL_new(context);
    if (!tls || !SSL_set_fd(tls, fd)) end(MISTAKE, "out of memory");
    SSL_set_connect_state(tls);
    return tls;
}

static ssize_t result_of(void *tls, int result) {
    if (result > 0) return result;
    int error = SSL_get_error(tls, result);
    if (error == ZERO_RETURN) return 0;
    errno = error == WANT_READ || error == WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

bool tls_shake_hands(void *tls) {
    if (result_of(tls, SSL_do_handshake(tls)) > 0) return true;
    if (errno != EAGAIN) end(SERVER_FAULT, "the TLS handshake failed");
    return false;
}

ssize_t tls_send(void *tls, const char *data, int size) { return result_of(tls, SSL_write(tls, data, size)); }

ssize_t tls_receive(void *tls, char *data, int size) { return result_of(tls, SSL_read(tls, data, size)); }

const char *tls_name(void *tls) {
    static char name[128];
    snprintf(name, sizeof name, "%s %s", SSL_get_version(tls), SSL_CIPHER_get_name(SSL_get_current_cipher(tls)));
    return name;
}
