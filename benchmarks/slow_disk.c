/* Makes every sync take MESH_BENCH_SYNC_MICROSECONDS longer; preloaded by benchmarks/slow_disk.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_a_little(void) {
    const char *value = getenv("MESH_BENCH_SYNC_MICROSECONDS");
    long microseconds = value ? atol(value) : 0;
    struct timespec time = {microseconds / 1000000, (microseconds % 1000000) * 1000};
    nanosleep(&time, NULL);
}

static int sync_later(const char *name, int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    wait_a_little();
    return real(descriptor);
}

int fsync(int descriptor) { return sync_later("fsync", descriptor); }
int fdatasync(int descriptor) { return sync_later("fdatasync", descriptor); }
