/**
 * Docker's seccomp policy as a table: what is not in it fails with EPERM. What the rows allow are calls that cannot reach
 * beyond the container's namespaces, or that the kernel checks against a capability of its own.
 * @module
 */

/** Calls that are allowed under the row's conditions; several rows for one call are alternatives. */
export interface SyscallRow {
  /** Separated by blanks. */
  readonly names: string
  /** Only for a container with one of these capabilities. */
  readonly withCapability?: string
  /** Only for a container without this capability. */
  readonly withoutCapability?: string
  /** Only on these architectures, in Node's names. */
  readonly architectures?: readonly string[]
  /** What an argument has to be. */
  readonly argument?: SyscallArgument
  /** Fails with this error number instead of being allowed. */
  readonly errno?: number
}

export interface SyscallArgument {
  readonly index: number
  readonly value: number
  /** `masked` means that no bit of `value` is set. @default 'equal' */
  readonly is?: 'equal' | 'not-equal' | 'masked'
}

/** Any flag of clone(2) that makes a namespace, except CLONE_NEWTIME, which shares its bit with the exit signal. */
const namespaceFlags = 0x7e020000
const addressFamilyVsock = 40
const enosys = 38

const files =
  'access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 ' +
  'fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat ' +
  'fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown ' +
  'lchown32 link linkat _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat ' +
  'openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readdir readlink readlinkat readv ' +
  'rename renameat renameat2 rmdir sendfile sendfile64 splice stat stat64 statfs statfs64 statx symlink symlinkat sync ' +
  'sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice ' +
  'write writev'
const extendedAttributes =
  'fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr lremovexattr lsetxattr removexattr ' +
  'setxattr'
const memory =
  'brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect ' +
  'mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages'
const processes =
  'capget capset execve execveat exit exit_group fork getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups ' +
  'getgroups32 getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32 getrlimit ' +
  'get_robust_list getrusage getsid gettid getuid getuid32 get_thread_area ioprio_get ioprio_set kill pidfd_open ' +
  'pidfd_send_signal prctl prlimit64 restart_syscall rseq sched_getaffinity sched_getattr sched_getparam ' +
  'sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 ' +
  'sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp setfsgid setfsgid32 setfsuid ' +
  'setfsuid32 setgid setgid32 setgroups setgroups32 setpgid setpriority setregid setregid32 setresgid setresgid32 ' +
  'setresuid setresuid32 setreuid setreuid32 setrlimit set_robust_list setsid set_thread_area set_tid_address setuid ' +
  'setuid32 sysinfo tgkill tkill ugetrlimit uname vfork wait4 waitid waitpid'
const signalsAndTime =
  'adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 ' +
  'clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep pause rt_sigaction rt_sigpending ' +
  'rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo ' +
  'setitimer sigaltstack signalfd signalfd4 sigprocmask sigreturn time timer_create timer_delete timerfd_create ' +
  'timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 timer_getoverrun timer_gettime timer_gettime64 ' +
  'timer_settime timer_settime64 times'
const waiting =
  'epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 ' +
  'fanotify_mark futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake inotify_add_watch inotify_init ' +
  'inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit ' +
  'landlock_add_rule landlock_create_ruleset landlock_restrict_self _newselect poll ppoll ppoll_time64 pselect6 ' +
  'pselect6_time64 select'
const communication =
  'accept accept4 bind connect getpeername getrandom getsockname getsockopt ipc listen mq_getsetattr mq_notify mq_open ' +
  'mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd recv ' +
  'recvfrom recvmmsg recvmmsg_time64 recvmsg semctl semget semop semtimedop semtimedop_time64 send sendmmsg sendmsg sendto ' +
  'setsockopt shmat shmctl shmdt shmget shutdown socketcall socketpair'

/** The policy, in docker's sense and in the kernel's names. */
export const syscallRows: readonly SyscallRow[] = [
  ...[files, extendedAttributes, memory, processes, signalsAndTime, waiting, communication].map((names) => ({ names })),
  { names: 'process_vm_readv process_vm_writev ptrace' },
  { names: 'socket', argument: { index: 0, value: addressFamilyVsock, is: 'not-equal' } },
  // The personalities of Linux, with and without addresses at random places, and the question which one it is.
  ...[0x0, 0x8, 0x20000, 0x20008, 0xffffffff].map((value) => ({ names: 'personality', argument: { index: 0, value } })),
  { names: 'arch_prctl modify_ldt', architectures: ['x64'] },
  {
    names: 'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
    architectures: ['arm64'],
  },
  { names: 'open_by_handle_at', withCapability: 'CAP_DAC_READ_SEARCH' },
  {
    names:
      'bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules ' +
      'lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname ' +
      'sethostname setns syslog umount umount2 unshare',
    withCapability: 'CAP_SYS_ADMIN',
  },
  {
    names: 'clone',
    withoutCapability: 'CAP_SYS_ADMIN',
    argument: { index: 0, value: namespaceFlags, is: 'masked' },
  },
  // Its flags lie in memory, where no filter sees them; with this error the C library falls back to clone.
  { names: 'clone3', withoutCapability: 'CAP_SYS_ADMIN', errno: enosys },
  { names: 'reboot', withCapability: 'CAP_SYS_BOOT' },
  { names: 'chroot', withCapability: 'CAP_SYS_CHROOT' },
  { names: 'delete_module finit_module init_module', withCapability: 'CAP_SYS_MODULE' },
  { names: 'acct', withCapability: 'CAP_SYS_PACCT' },
  { names: 'kcmp pidfd_getfd process_madvise', withCapability: 'CAP_SYS_PTRACE' },
  { names: 'ioperm iopl', withCapability: 'CAP_SYS_RAWIO' },
  { names: 'clock_settime clock_settime64 settimeofday stime', withCapability: 'CAP_SYS_TIME' },
  { names: 'vhangup', withCapability: 'CAP_SYS_TTY_CONFIG' },
  { names: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node', withCapability: 'CAP_SYS_NICE' },
  { names: 'syslog', withCapability: 'CAP_SYSLOG' },
  { names: 'bpf', withCapability: 'CAP_BPF' },
  { names: 'perf_event_open', withCapability: 'CAP_PERFMON' },
]
