//! The same over HTTP/2, where a body is cut by resetting its stream.

use std::sync::Arc;

use bytes::Bytes;
use h2::{Reason, server::SendResponse};
use http::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{
    policy,
    server::pattern,
    tls::{authority, fetch_trusting},
};

const SIZE: usize = 300_000;
const SENT: usize = 120_000;

/// Sends the first part of `body` and resets the stream; sends the rest to who asks for it.
async fn serve(listener: TcpListener, tls: TlsAcceptor, body: Bytes) {
    let mut connections = 0;
    while let Ok((stream, _)) = listener.accept().await {
        let stream = tls.accept(stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (body, first) = (body.clone(), connections == 0);
        connections += 1;
        tokio::spawn(async move {
            while let Some(Ok((request, respond))) = connection.accept().await {
                tokio::spawn(answer(request, respond, body.clone(), first));
            }
        });
    }
}

async fn answer(request: Request<h2::RecvStream>, mut respond: SendResponse<Bytes>, body: Bytes, first: bool) {
    let head = Response::builder().header("etag", "\"v1\"");
    if first {
        let head = head.header("content-length", SIZE).body(()).unwrap();
        let mut stream = respond.send_response(head, false).unwrap();
        send_when_there_is_room(&mut stream, body.slice(..SENT), false).await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        stream.send_reset(Reason::INTERNAL_ERROR);
        return;
    }
    let range = request.headers()["range"].to_str().unwrap();
    let start: usize = range["bytes=".len()..].trim_end_matches('-').parse().unwrap();
    assert_eq!(request.headers()["if-range"], "\"v1\"");
    let head = head
        .status(StatusCode::PARTIAL_CONTENT)
        .header("content-range", format!("bytes {start}-{}/{SIZE}", SIZE - 1))
        .body(())
        .unwrap();
    let mut stream = respond.send_response(head, false).unwrap();
    send_when_there_is_room(&mut stream, body.slice(start..), true).await;
}

async fn send_when_there_is_room(stream: &mut h2::SendStream<Bytes>, mut bytes: Bytes, end: bool) {
    while !bytes.is_empty() {
        stream.reserve_capacity(bytes.len());
        let Some(Ok(room)) = std::future::poll_fn(|context| stream.poll_capacity(context)).await else {
            return;
        };
        let piece = bytes.split_to(room.min(bytes.len()));
        stream.send_data(piece, end && bytes.is_empty()).unwrap();
    }
}

#[tokio::test]
async fn a_reset_stream_goes_on_by_range() {
    let (root, mut tls) = authority("localhost", 2100);
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/p.csv", listener.local_addr().unwrap().port());
    let body = Bytes::from(pattern(SIZE, 20));
    let server = tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(tls)), body.clone()));
    assert_eq!(fetch_trusting(policy(), root, &url).await.unwrap(), body);
    server.abort();
}
