from flask import Flask, request

app = Flask(__name__)

@app.route('/webhook', methods=['POST'])
def handle_webhook():
    payload = request.json
    event = payload.get('event')

    if event == 'analysis_done':
        analysis_id = payload['analysis_id']
        # Fetch results from API
        print(f"Analysis {analysis_id} completed!")

    elif event == 'analysis_completion_rate':
        progress = payload['completion_rate']
        print(f"Analysis progress: {progress}%")

    return '', 200
