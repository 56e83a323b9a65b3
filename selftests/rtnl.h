/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to rtnetlink and BPF. The tests need these requests, and no tool in the VM can make
 * them. Each function for rtnetlink returns 0 or an errno.
 */
#ifndef _RTNL_H
#define _RTNL_H

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct link_request {
	struct nlmsghdr nl;
	struct ifinfomsg info;
	char attrs[512];
};

static inline struct rtattr *rtnl_put(struct link_request *req, int type, const void *data,
				      size_t len)
{
	struct rtattr *a = (void *)req + NLMSG_ALIGN(req->nl.nlmsg_len);

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (data)
		memcpy(RTA_DATA(a), data, len);
	req->nl.nlmsg_len = NLMSG_ALIGN(req->nl.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static inline void rtnl_nest_end(struct link_request *req, struct rtattr *a)
{
	a->rta_len = (char *)req + req->nl.nlmsg_len - (char *)a;
}

static inline void rtnl_request(struct link_request *req, int type, int flags)
{
	memset(req, 0, sizeof(*req));
	req->nl.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
	req->nl.nlmsg_type = type;
	req->nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
}

/* Sends a request through @fd, a NETLINK_ROUTE socket, and waits for the answer. */
static inline int rtnl_ask(int fd, struct link_request *req)
{
	char answer[4096];
	struct nlmsghdr *nl = (void *)answer;

	if (send(fd, req, req->nl.nlmsg_len, 0) < 0)
		return errno;
	if (recv(fd, answer, sizeof(answer), 0) < (ssize_t)sizeof(*nl))
		return errno;
	return -((struct nlmsgerr *)NLMSG_DATA(nl))->error;
}

/* Like "ip link add NAME type veth peer name PEER", but with another kind of device. */
static inline int rtnl_add(int fd, const char *name, const char *peer)
{
	struct rtattr *linkinfo, *data, *nested;
	struct ifinfomsg info = {};
	struct link_request req;

	rtnl_request(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_put(&req, IFLA_IFNAME, name, strlen(name) + 1);
	linkinfo = rtnl_put(&req, IFLA_LINKINFO, NULL, 0);
	rtnl_put(&req, IFLA_INFO_KIND, "napi_dummy", strlen("napi_dummy"));
	data = rtnl_put(&req, IFLA_INFO_DATA, NULL, 0);
	nested = rtnl_put(&req, VETH_INFO_PEER, &info, sizeof(info));
	rtnl_put(&req, IFLA_IFNAME, peer, strlen(peer) + 1);
	rtnl_nest_end(&req, nested);
	rtnl_nest_end(&req, data);
	rtnl_nest_end(&req, linkinfo);
	return rtnl_ask(fd, &req);
}

/* "ip link del NAME" */
static inline int rtnl_del(int fd, const char *name)
{
	struct link_request req;

	rtnl_request(&req, RTM_DELLINK, 0);
	req.info.ifi_index = if_nametoindex(name);
	return rtnl_ask(fd, &req);
}

static inline int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* Loads an XDP program that only returns @verdict. Returns its file descriptor, or -1. */
static inline int xdp_program(int verdict)
{
	struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (unsigned long)program,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
	};

	return sys_bpf(BPF_PROG_LOAD, &load);
}

/* Attaches the program in the driver, until the returned descriptor is closed. -1: error. */
static inline int xdp_attach(const char *name, int program)
{
	union bpf_attr link = {};

	link.link_create.attach_type = BPF_XDP;
	link.link_create.flags = XDP_FLAGS_DRV_MODE;
	link.link_create.target_ifindex = if_nametoindex(name);
	link.link_create.prog_fd = program;
	return sys_bpf(BPF_LINK_CREATE, &link);
}

#endif /* _RTNL_H */
